"""The tests mirror the product: journeys, steps, domain, services, browser; `support` is what they stand on."""
