"""Charts of a report, one noun each, named after the measure they draw."""

from pfkit.present.figures.attribution import attribution
from pfkit.present.figures.bridge import bridge
from pfkit.present.figures.cohorts import cohorts
from pfkit.present.figures.cost_to_serve import cost_to_serve
from pfkit.present.figures.explain_series import explain_series
from pfkit.present.figures.forecast import forecast
from pfkit.present.figures.outlook import outlook
from pfkit.present.figures.price_volume_mix import price_volume_mix
from pfkit.present.figures.product_margins import product_margins
from pfkit.present.figures.promises import promises
from pfkit.present.figures.recurring_revenue import recurring_revenue
from pfkit.present.figures.roadmap import roadmap
from pfkit.present.figures.tiles import tiles
from pfkit.present.figures.trend import trend
from pfkit.present.figures.unit_cost import unit_cost

__all__ = [
    "attribution",
    "bridge",
    "cohorts",
    "cost_to_serve",
    "explain_series",
    "forecast",
    "outlook",
    "price_volume_mix",
    "product_margins",
    "promises",
    "recurring_revenue",
    "roadmap",
    "tiles",
    "trend",
    "unit_cost",
]
