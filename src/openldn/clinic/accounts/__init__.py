"""Signing in: password, second factor, sessions, invitations on paper."""
