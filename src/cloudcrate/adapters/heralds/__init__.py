"""Those who are told how a run ended: a folder, a webhook, and whomever Apprise reaches."""
