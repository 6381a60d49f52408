"""The files a district deploys with are checked like code."""
