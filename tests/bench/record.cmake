verbatim_bench(record_bench LAYERS record)
