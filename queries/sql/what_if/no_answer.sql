-- Grain: no row. Output: answer.
-- Why: room for both answers.
CREATE OR REPLACE TABLE answer (
    with_all BOOLEAN, account_key INTEGER, name VARCHAR, core BOOLEAN, n_other INTEGER,
    n_values INTEGER, n_kinds INTEGER
)
