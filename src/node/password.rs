//! Passwords: Argon2id (RFC 9106) off the async threads, at one of the costs that the OWASP cheat sheet gives as
//! equal: 7 MiB and five passes, because the allocator keeps what a hash has used.
//!
//! Knows no users. Invariant: at most [`AT_ONCE`] hashes run at a time; who waits for too long is told to come
//! back. A hash carries its own cost, so those of another cost still verify.

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _};
use argon2::{Algorithm, Argon2, Params, Version};
use tokio::sync::{Semaphore, SemaphorePermit};
use zeroize::Zeroizing;

use super::Error;
use crate::clock::{Entropy, random};

const AT_ONCE: usize = 2;
/// Memory of a hash in KiB, its passes, its lanes.
const COST: (u32, u32, u32) = (7_168, 5, 1);
/// How many may wait for a turn before more are refused.
const MOST_WAITING: usize = 64;

static TURNS: Semaphore = Semaphore::const_new(AT_ONCE);
static PLACES: Semaphore = Semaphore::const_new(AT_ONCE + MOST_WAITING);

/// Refuses a password that is shorter than 12 or longer than 128 characters, or one character repeated.
pub(super) fn check(password: &str) -> Result<(), Error> {
    let length = password.chars().take(129).count();
    let first = password.chars().next();
    if !(12..=128).contains(&length) || password.chars().all(|c| Some(c) == first) {
        return Err(Error::Unreadable("a password has 12 to 128 characters, not all the same"));
    }
    Ok(())
}

/// The PHC string of `password` under a fresh salt.
pub(super) async fn hash(password: Zeroizing<String>, entropy: &dyn Entropy) -> Result<String, Error> {
    let salt = random::<16>(entropy);
    run(move || hashed(&password, &salt)).await?
}

/// Whether `password` is the one that was hashed; always false for no hash, after the same work.
pub(super) async fn verify(password: Zeroizing<String>, hash: Option<String>) -> Result<bool, Error> {
    run(move || match hash {
        None => hashed(&password, &[0; 16]).map(|_| false),
        Some(hash) => {
            let hash = PasswordHash::new(&hash).map_err(|_| Error::Corrupt("password hash of a user"))?;
            Ok(Argon2::default().verify_password(password.as_bytes(), &hash).is_ok())
        }
    })
    .await?
}

fn hashed(password: &str, salt: &[u8; 16]) -> Result<String, Error> {
    let (memory, passes, lanes) = COST;
    let unusable = || Error::Unreadable("the password cannot be hashed");
    let cost = Params::new(memory, passes, lanes, None).map_err(|_| unusable())?;
    Argon2::new(Algorithm::Argon2id, Version::V0x13, cost)
        .hash_password_with_salt(password.as_bytes(), salt)
        .map(|hash: PasswordHash| hash.to_string())
        .map_err(|_| unusable())
}

async fn run<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Error> {
    let _place = PLACES.try_acquire().map_err(|_| Error::Busy)?;
    let _turn: SemaphorePermit<'_> = TURNS.acquire().await.map_err(|_| Error::Busy)?;
    tokio::task::spawn_blocking(work).await.map_err(|_| Error::Busy)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::SeededEntropy;

    fn secret(text: &str) -> Zeroizing<String> {
        Zeroizing::new(text.to_owned())
    }

    #[tokio::test]
    async fn a_password_is_known_again_and_never_stored() {
        let entropy = SeededEntropy::new(3);
        let stored = hash(secret("正确的密码与十二个字符"), &entropy).await.unwrap();
        assert!(stored.starts_with("$argon2id$v=19$") && !stored.contains("正确"));
        let again = hash(secret("正确的密码与十二个字符"), &entropy).await.unwrap();
        assert_ne!(stored, again, "the salt is fresh");
        assert!(verify(secret("正确的密码与十二个字符"), Some(stored.clone())).await.unwrap());
        assert!(!verify(secret("错误的密码与十二个字符"), Some(stored)).await.unwrap());
        assert!(!verify(secret("正确的密码与十二个字符"), None).await.unwrap());
    }

    #[test]
    fn short_long_and_dull_passwords_are_refused() {
        for bad in ["", "elevenchars", &"x".repeat(129), "aaaaaaaaaaaaaa"] {
            assert!(check(bad).is_err());
        }
        assert!(check("twelve chars").is_ok());
    }
}
