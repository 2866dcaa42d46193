"""Events of other services that every tool hears."""
