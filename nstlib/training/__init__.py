"""How the networks that come with the course were trained."""
