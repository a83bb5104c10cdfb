"""One series explained by a model: its drivers, interventions, trend, season and rest."""
