"""Running checks: plan, jobs, worker processes, events, incremental cache. The engine knows none of its listeners."""
