"""The sample: real orders and simulated front ends with known truth, and the player that shows them."""
