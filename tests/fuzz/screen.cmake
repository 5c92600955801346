verbatim_fuzz(emulator LAYERS screen MAX_LEN 4096)
verbatim_fuzz(terminal_filter LAYERS screen)
