"""Recurrent networks on action units, alone and federated."""
