"""Values and rules of Dialoge; pure."""
