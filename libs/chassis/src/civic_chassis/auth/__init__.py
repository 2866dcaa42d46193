"""Who a person is: access tokens, verified by every service itself."""
