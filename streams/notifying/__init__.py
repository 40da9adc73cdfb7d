"""The notifier: from notices in people's inboxes to messages in their channels, exactly as far as a channel allows."""
