"""Who builds an image and who starts it: compose and bake files, CI, Makefiles, scripts, platforms."""
