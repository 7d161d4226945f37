//! One function followed by its branches, for start-up code, which often has no unwind entry.

use iced_x86::Register;
use std::collections::HashSet;

use iced_x86::{Code as Operation, Decoder, DecoderOptions, Instruction, Mnemonic, OpKind};

use super::{Code, Extent, Machine};

/// Bound: instructions of one function that are followed.
const STEPS_MAX: usize = 4096;
/// Bound: functions visited from the entry point.
const VISITS_MAX: usize = 160;

/// A function followed from its start.
pub(super) struct Followed {
    /// Address after its last instruction.
    pub(super) end: u64,
    /// Where it jumps at its end.
    pub(super) tail: Option<u64>,
    /// What it calls directly.
    calls: Vec<u64>,
    /// Pairs of addresses that it passes to a call.
    pairs: Vec<(u64, u64)>,
}

/// Follows the function at an address; `None` where nothing can be decoded.
pub(super) fn follow(code: &Code<'_>, machine: Machine, start: u64) -> Option<Followed> {
    match machine {
        Machine::Aarch64 => follow_arm64(code, start),
        Machine::X86 => follow_x86(code, 32, start),
        Machine::X86_64 => follow_x86(code, 64, start),
    }
}

/// Pairs of addresses passed to calls by the function at an address and by those it calls.
pub(super) fn pairs_passed(code: &Code<'_>, machine: Machine, start: u64) -> Vec<(u64, u64)> {
    let mut queue = vec![start];
    let mut pairs = Vec::new();
    let mut next = 0;
    while let Some(address) = queue.get(next).copied() {
        next += 1;
        let Some(followed) = follow(code, machine, address) else { continue };
        pairs.extend(followed.pairs);
        for callee in followed.tail.into_iter().chain(followed.calls) {
            if queue.len() < VISITS_MAX && !queue.contains(&callee) {
                queue.push(callee);
            }
        }
    }
    pairs
}

/// Functions reached from some addresses.
pub(super) fn discover(code: &Code<'_>, machine: Machine, seeds: &[u64]) -> Vec<Extent> {
    let mut seen: HashSet<u64> = seeds.iter().copied().collect();
    let mut queue: Vec<u64> = seeds.to_vec();
    let mut extents = Vec::new();
    // Hostile: calls into the middle of each other make overlapping functions; genuine code is read
    // about once.
    let mut left = (code.bytes.len() as u64).saturating_mul(3);
    while let Some(start) = queue.pop() {
        let Some(found) = follow(code, machine, start) else { continue };
        let Some(rest) = left.checked_sub(found.end.saturating_sub(start).max(1)) else { break };
        left = rest;
        if found.end > start {
            extents.push(Extent { start, end: Some(found.end) });
        }
        for callee in found.tail.into_iter().chain(found.calls) {
            if seen.insert(callee) {
                queue.push(callee);
            }
        }
    }
    extents
}

/// Arguments on their way to a call: the last two constants that look like addresses.
#[derive(Default)]
struct Arguments {
    first: Option<u64>,
    second: Option<u64>,
}

impl Arguments {
    /// 64 bits: `lea rcx, [rip+…]` and `lea rdx, [rip+…]`; 32 bits: two pushes, the second argument
    /// first.
    fn note(&mut self, instruction: &Instruction) {
        if instruction.mnemonic() == Mnemonic::Lea && instruction.is_ip_rel_memory_operand() {
            let address = Some(instruction.ip_rel_memory_address());
            match instruction.op0_register() {
                Register::RCX => self.first = address,
                Register::RDX => self.second = address,
                _ => {}
            }
        } else if instruction.code() == Operation::Pushd_imm32 {
            self.second = self.first.replace(u64::from(instruction.immediate32()));
        }
    }

    /// The pair at a call, in order; the registers do not survive it.
    fn take(&mut self) -> Option<(u64, u64)> {
        let pair = self.first.take().zip(self.second.take())?;
        (pair.0 < pair.1).then_some(pair)
    }
}

fn follow_x86(code: &Code<'_>, bits: u32, start: u64) -> Option<Followed> {
    let at = usize::try_from(start.checked_sub(code.address)?).ok()?;
    let bytes = code.bytes.get(at..).filter(|bytes| !bytes.is_empty())?;
    let mut decoder = Decoder::with_ip(bits, bytes, start, DecoderOptions::NONE);
    let mut found = Followed { end: start, tail: None, calls: Vec::new(), pairs: Vec::new() };
    let mut furthest = start;
    let mut arguments = Arguments::default();
    for _ in 0..STEPS_MAX {
        if !decoder.can_decode() {
            break;
        }
        let instruction = decoder.decode();
        if instruction.is_invalid() {
            break;
        }
        found.end = instruction.next_ip();
        let near = matches!(
            instruction.op0_kind(),
            OpKind::NearBranch16 | OpKind::NearBranch32 | OpKind::NearBranch64
        );
        let target = near.then(|| instruction.near_branch_target());
        match instruction.mnemonic() {
            Mnemonic::Call => {
                found.pairs.extend(arguments.take());
                found.calls.extend(target);
            }
            // Whatever lies behind these is reached only by a branch that was seen.
            leave if leaves(leave) => {
                if found.end > furthest {
                    found.tail = target.filter(|_| leave == Mnemonic::Jmp);
                    break;
                }
                // A jump out of the middle is a call in the last place, as in `switch (reason)`.
                found.calls.extend(target);
            }
            _ => match target {
                Some(target) => furthest = furthest.max(target),
                None => arguments.note(&instruction),
            },
        }
    }
    let within = start..found.end;
    found.calls.retain(|callee| !within.contains(callee));
    Some(found)
}

/// Instructions after which the next one does not follow.
const fn leaves(mnemonic: Mnemonic) -> bool {
    matches!(
        mnemonic,
        Mnemonic::Jmp
            | Mnemonic::Ret
            | Mnemonic::Retf
            | Mnemonic::Iret
            | Mnemonic::Iretd
            | Mnemonic::Iretq
            | Mnemonic::Ud2
            | Mnemonic::Int3
            | Mnemonic::Hlt
    )
}

fn follow_arm64(code: &Code<'_>, start: u64) -> Option<Followed> {
    let at = usize::try_from(start.checked_sub(code.address)?).ok()?;
    let words = code.bytes.get(at..)?.as_chunks::<4>().0;
    let mut found = Followed { end: start, tail: None, calls: Vec::new(), pairs: Vec::new() };
    let mut furthest = start;
    for word in words.iter().take(STEPS_MAX) {
        let word = u32::from_le_bytes(*word);
        let here = found.end;
        found.end = here.wrapping_add(4);
        // B.cond, CBZ, CBNZ: 19 bits; TBZ, TBNZ: 14; B, BL: 26. In words, signed.
        if word & 0xFF00_0000 == 0x5400_0000 || word & 0x7E00_0000 == 0x3400_0000 {
            furthest = furthest.max(jump(here, word >> 5, 19));
        } else if word & 0x7E00_0000 == 0x3600_0000 {
            furthest = furthest.max(jump(here, word >> 5, 14));
        } else if word & 0xFC00_0000 == 0x9400_0000 {
            found.calls.push(jump(here, word, 26));
        } else {
            let branch = word & 0xFC00_0000 == 0x1400_0000;
            // RET, BR, and those with authentication.
            let leave = word & 0xFE9F_0000 == 0xD61F_0000 && word & 0x0060_0000 != 0x0020_0000;
            if (branch || leave) && found.end > furthest {
                found.tail = branch.then(|| jump(here, word, 26));
                break;
            }
        }
    }
    (found.end > start).then_some(found)
}

/// Target of a branch with an offset of so many bits, counted in words.
fn jump(here: u64, field: u32, bits: u32) -> u64 {
    let unused = 64 - bits;
    let words = (u64::from(field) << unused).cast_signed() >> unused;
    here.wrapping_add_signed(words.wrapping_mul(4))
}
