"""Raw input becomes the agreed tables: mapping, rules, conversion, checks and balance."""
