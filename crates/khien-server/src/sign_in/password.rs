//! Passwords: Argon2id, away from the threads that serve requests, and only so many at a time.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use argon2::password_hash::{PasswordHash, PasswordHasher, PasswordVerifier, Salt};
use argon2::{Algorithm, Argon2, Params, Version};
use khien_wire::FieldProblem;
use tokio::sync::Semaphore;

use crate::secret::random;

/// Memory of one hash in KiB. Source: OWASP, Password Storage Cheat Sheet: 19 MiB, two passes, one lane.
const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;
const LANES: u32 = 1;

/// Bound: hashes worked on at the same time; each takes 19 MiB and a core.
const AT_ONCE: usize = 2;

/// Bound: who else waits for one. More are told that there is too much to do.
const WAITING_MAX: usize = 32;

/// Characters of a password at least.
pub(crate) const LENGTH_MIN: usize = 12;

/// Bytes of a password at most: hashing must not cost more for longer ones.
pub(crate) const BYTES_MAX: usize = 1024;

/// Too many hashes are asked for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Busy;

/// Hashes passwords and compares them.
#[derive(Debug)]
pub(crate) struct Passwords {
    at_once: Arc<Semaphore>,
    waiting: AtomicUsize,
    /// How many hashes were worked out.
    done: AtomicU64,
    /// A hash of the same cost that nothing fits.
    nobody: String,
}

impl Passwords {
    /// Ready to hash. Takes as long as one hash.
    pub(crate) fn new() -> Self {
        let nobody = hash(&crate::secret::new_secret()).unwrap_or_default();
        Self {
            at_once: Arc::new(Semaphore::new(AT_ONCE)),
            waiting: AtomicUsize::new(0),
            done: AtomicU64::new(0),
            nobody,
        }
    }

    /// The hash of a password, as a PHC string.
    ///
    /// # Errors
    ///
    /// Too many are asked for.
    pub(crate) async fn hash(&self, password: &str) -> Result<String, Busy> {
        let password = password.to_owned();
        self.work(move || hash(&password)).await?.ok_or(Busy)
    }

    /// Whether a password fits a hash. Without a hash it does not, after the same work.
    ///
    /// # Errors
    ///
    /// Too many are asked for.
    pub(crate) async fn verify(&self, password: &str, known: Option<&str>) -> Result<bool, Busy> {
        let against = known.unwrap_or(&self.nobody).to_owned();
        // A password that nobody can have set is not worth its hash, but takes as long.
        let mut password = password.to_owned();
        let possible = password.len() <= BYTES_MAX;
        if !possible {
            password.clear();
        }
        let fits = self.work(move || verify(&password, &against)).await?;
        Ok(fits && possible && known.is_some())
    }

    /// How many hashes were worked out so far.
    pub(crate) fn done(&self) -> u64 {
        self.done.load(Ordering::SeqCst)
    }

    async fn work<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Busy> {
        if self.waiting.fetch_add(1, Ordering::SeqCst) >= WAITING_MAX + AT_ONCE {
            self.waiting.fetch_sub(1, Ordering::SeqCst);
            return Err(Busy);
        }
        let _place = Place(&self.waiting);
        let permit = self.at_once.clone().acquire_owned().await.map_err(|_| Busy)?;
        // The permit goes with the work: a request that is given up does not make room before it ends.
        let done = tokio::task::spawn_blocking(move || {
            let result = work();
            drop(permit);
            result
        });
        let result = done.await.map_err(|_| Busy)?;
        self.done.fetch_add(1, Ordering::SeqCst);
        Ok(result)
    }
}

/// A place in the queue, given back however the waiting ends.
struct Place<'a>(&'a AtomicUsize);

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

fn argon2() -> Argon2<'static> {
    let params = Params::new(MEMORY_KIB, PASSES, LANES, None).unwrap_or_default();
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
}

fn hash(password: &str) -> Option<String> {
    let salt = data_encoding::BASE64_NOPAD.encode(&random::<16>());
    let salt = Salt::from_b64(&salt).ok()?;
    Some(argon2().hash_password(password.as_bytes(), salt).ok()?.to_string())
}

fn verify(password: &str, against: &str) -> bool {
    let Ok(parsed) = PasswordHash::new(against) else { return false };
    argon2().verify_password(password.as_bytes(), &parsed).is_ok()
}

/// Why a new password cannot be taken.
pub(crate) fn check_new(field: &str, password: &str, name: &str) -> Option<FieldProblem> {
    let folded = password.to_lowercase();
    let mut letters = folded.chars();
    let first = letters.next();
    let code = if password.chars().count() < LENGTH_MIN {
        "too_short"
    } else if password.len() > BYTES_MAX {
        "too_long"
    } else if letters.all(|letter| Some(letter) == first)
        || !name.is_empty() && folded.replace(&name.to_lowercase(), "").chars().count() < 6
        || EASY.contains(&folded.as_str())
    {
        "too_easy"
    } else {
        return None;
    };
    Some(FieldProblem { field: field.to_owned(), code: code.to_owned() })
}

/// The first that are tried, among those that are long enough.
const EASY: [&str; 12] = [
    "123456789012",
    "1234567890123",
    "abcdefghijkl",
    "administrator",
    "adminadminadmin",
    "changemechangeme",
    "correcthorsebatterystaple",
    "letmeinletmein",
    "password1234",
    "passwordpassword",
    "qwertyuiop12",
    "qwertyuiopas",
];

#[cfg(test)]
mod tests {
    use super::*;

    fn check(password: &str, expected: Option<&str>) {
        let problem = check_new("password", password, "chi.tran");
        assert_eq!(problem.as_ref().map(|problem| problem.code.as_str()), expected, "{password}");
    }

    #[test]
    fn easy_passwords_are_refused() {
        check("eleven char", Some("too_short"));
        check("mười hai chữ", None);
        check(&"x".repeat(20), Some("too_easy"));
        check("chi.tran12345", Some("too_easy"));
        check("Passwordpassword", Some("too_easy"));
        check(&"lê thị ".repeat(200), Some("too_long"));
    }

    #[tokio::test]
    async fn a_password_fits_its_own_hash_only() {
        let passwords = Passwords::new();
        let kept = passwords.hash("a long enough one").await.unwrap();
        assert!(kept.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{kept}");
        assert_ne!(kept, passwords.hash("a long enough one").await.unwrap());
        assert_eq!(passwords.verify("a long enough one", Some(&kept)).await, Ok(true));
        assert_eq!(passwords.verify("a long enough onE", Some(&kept)).await, Ok(false));
        assert_eq!(passwords.verify("a long enough one", None).await, Ok(false));
        assert_eq!(passwords.verify("", Some("no hash")).await, Ok(false));
        assert_eq!(passwords.verify(&"x".repeat(2000), Some(&kept)).await, Ok(false));
    }

    #[tokio::test]
    async fn only_so_many_wait() {
        let passwords = Arc::new(Passwords::new());
        let all = (0..WAITING_MAX + AT_ONCE + 20).map(|_| {
            let passwords = passwords.clone();
            async move {
                passwords.work(|| std::thread::sleep(std::time::Duration::from_millis(2))).await
            }
        });
        let ended = futures::future::join_all(all).await;
        assert_eq!(ended.iter().filter(|end| end.is_err()).count(), 20);
        assert_eq!(passwords.waiting.load(Ordering::SeqCst), 0);
    }
}
