"""Manifests for Kubernetes (kustomize), and the little that is made for them."""
