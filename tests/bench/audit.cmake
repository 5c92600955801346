verbatim_bench(audit_bench LAYERS audit)
