"""The verbs of Dialoge, one module per resource."""
