"""Figures of a workspace: records, schemes and coefficient sets put into the calculations of the domain."""
