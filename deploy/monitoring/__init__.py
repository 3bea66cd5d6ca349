"""Monitoring: Prometheus' configuration and rules, Grafana's dashboards, and what writes the parts that are made."""
