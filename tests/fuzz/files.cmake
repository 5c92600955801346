verbatim_fuzz(tar LAYERS files)
verbatim_fuzz(sftp LAYERS files)
verbatim_fuzz(scp LAYERS files MAX_LEN 4096)
verbatim_fuzz(shell_words LAYERS files MAX_LEN 512)
