//! Host keys in an ssh-agent.
