//! Mutexes that outlive a panic: what they guard is whole after every statement.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// What a mutex guards, whatever a thread that held it did.
pub fn lock<T: ?Sized>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
