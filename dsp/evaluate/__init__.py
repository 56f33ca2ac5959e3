"""How good a program is: metrics, the evaluator, and how sure its means are."""
