//! Argon2id hashes and nothing else: a thread per core, each with memory of its own.

use std::time::{Duration, Instant};

use argon2::{Algorithm, Argon2, Block, Params, Version};

/// Hashes a second on all cores, at the cost that Roster hashes with by default.
pub fn per_second(time: Duration) -> anyhow::Result<f64> {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let began = Instant::now();
    let threads: Vec<_> = (0..cores).map(|_| std::thread::spawn(move || work(began, time))).collect();
    let mut hashes = 0;
    for thread in threads {
        hashes += thread.join().map_err(|_| anyhow::anyhow!("a hashing thread died"))??;
    }
    Ok(f64::from(hashes) / began.elapsed().as_secs_f64())
}

fn work(began: Instant, time: Duration) -> anyhow::Result<u32> {
    let params = Params::new(19_456, 2, 1, Some(32)).map_err(|error| anyhow::anyhow!("{error}"))?;
    let mut memory = vec![Block::new(); params.block_count()];
    let argon = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    let (mut output, mut hashes) = ([0; 32], 0);
    while began.elapsed() < time {
        argon
            .hash_password_into_with_memory(b"correct horse 7", &[7; 16], &mut output, &mut memory)
            .map_err(|error| anyhow::anyhow!("{error}"))?;
        hashes += 1;
    }
    Ok(hashes)
}
