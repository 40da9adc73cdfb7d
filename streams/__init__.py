"""Wiring: settings, the Faust app, transport, delivery, gateway, replay, embedded services, command line."""
