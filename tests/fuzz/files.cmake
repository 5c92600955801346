verbatim_fuzz(tar LAYERS files)
