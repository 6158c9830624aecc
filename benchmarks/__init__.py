"""Measured against real data; timing never decides a test."""
