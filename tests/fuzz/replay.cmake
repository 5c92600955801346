verbatim_fuzz(terminal_filter LAYERS replay)
