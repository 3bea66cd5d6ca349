"""What an operator looks at: events without their ids of people, how far each service is, what became of one event."""
