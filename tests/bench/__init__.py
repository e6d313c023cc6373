"""How fast it is: each job beside the SQL floor and the empty signed-in page E of the same run."""
