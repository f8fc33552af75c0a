//! Mock of the provider.
