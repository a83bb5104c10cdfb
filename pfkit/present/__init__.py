"""The page: results become tables, figures and sentences that emit HTML and Typst."""
