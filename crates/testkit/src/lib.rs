//! Test support: fake clock and ids, fault-injecting store, test server.
