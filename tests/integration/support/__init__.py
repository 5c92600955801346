"""What the areas share: servers, the proxy, clients, a terminal, readers of logs and recordings."""
