"""What features earned: effects with proof, or a refusal with its reason."""

from pfkit.measures.attribution.attributed import Attribution, attribution

__all__ = ["Attribution", "attribution"]
