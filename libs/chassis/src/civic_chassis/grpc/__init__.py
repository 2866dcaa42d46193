"""gRPC: the server with its one interceptor, access rules, error details, and the client."""
