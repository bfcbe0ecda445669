"""What the system carries, measured on one machine in one run: ratios count, not absolutes.

python -m benchmarks [--units N]
"""
