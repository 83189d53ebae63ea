"""The forges, one file each; every one of them has the methods of `dockerfix.bot.forge.Forge`."""

__all__: list[str] = []
