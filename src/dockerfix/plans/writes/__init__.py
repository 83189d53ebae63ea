"""Where the programs of a start write, as far as their code and the records of their libraries tell."""
