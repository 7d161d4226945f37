//! x86 in 32 and 64 bits, decoded by `iced-x86`.

use std::ops::Range;

use iced_x86::{Code as Operation, Decoder, DecoderOptions, Instruction, OpKind, Register};

use super::Code;
use super::mix::Mix;

/// Marks in the hashed stream for what is left out. Above every register and operand kind.
const ADDRESS: u64 = 0xA0;

/// Hashes spans of one run of code.
pub(super) struct Hasher<'a> {
    decoder: Decoder<'a>,
    address: u64,
    image: Range<u64>,
}

impl<'a> Hasher<'a> {
    pub(super) fn new(code: &Code<'a>, bits: u32) -> Self {
        Self {
            decoder: Decoder::with_ip(bits, code.bytes, code.address, DecoderOptions::NONE),
            address: code.address,
            image: code.image.clone(),
        }
    }

    pub(super) fn hash(&mut self, span: Range<usize>) -> (u64, usize) {
        if self.decoder.set_position(span.start).is_err() {
            return (0, 0);
        }
        self.decoder.set_ip(self.address.wrapping_add(span.start as u64));
        let mut mix = Mix::new();
        let mut kept = (mix, 0);
        let mut instruction = Instruction::default();
        while self.decoder.position() < span.end {
            self.decoder.decode_out(&mut instruction);
            if self.decoder.position() > span.end {
                // Cut by the end of the function: no instruction of it.
                break;
            }
            self.take(&mut mix, &instruction);
            if !is_padding(&instruction) {
                kept = (mix, self.decoder.position() - span.start);
            }
        }
        (kept.0.finish(), kept.1)
    }

    fn take(&self, mix: &mut Mix, instruction: &Instruction) {
        let mut operands = 0_u64;
        let mut constants = None;
        for operand in 0..instruction.op_count() {
            let kind = instruction.op_kind(operand);
            let (mark, constant) = self.operand(instruction, operand, kind);
            operands = operands.rotate_left(11) ^ mark;
            if let Some(constant) = constant {
                // Few instructions have two constants (displacement and immediate).
                constants = Some(constants.unwrap_or(0_u64).rotate_left(31) ^ constant);
            }
        }
        // The operation's number leaves the low 48 bits to four operands; five are rare, and mixing
        // them by exclusive-or loses nothing that matters.
        mix.word(operands ^ ((instruction.code() as u64) << 52));
        if let Some(constants) = constants {
            mix.word(constants);
        }
    }

    /// What is hashed of an operand: a mark of kind and registers, and a constant if it is one.
    fn operand(&self, instruction: &Instruction, operand: u32, kind: OpKind) -> (u64, Option<u64>) {
        match kind {
            OpKind::Register => (instruction.op_register(operand) as u64, None),
            OpKind::NearBranch16
            | OpKind::NearBranch32
            | OpKind::NearBranch64
            | OpKind::FarBranch16
            | OpKind::FarBranch32 => (ADDRESS << 1, None),
            OpKind::Memory => self.memory(instruction),
            OpKind::MemorySegSI
            | OpKind::MemorySegESI
            | OpKind::MemorySegRSI
            | OpKind::MemorySegDI
            | OpKind::MemorySegEDI
            | OpKind::MemorySegRDI
            | OpKind::MemoryESDI
            | OpKind::MemoryESEDI
            | OpKind::MemoryESRDI => (0x300 + kind as u64, None),
            _ => match instruction.try_immediate(operand) {
                Ok(value) if self.image.contains(&value) => (ADDRESS << 2, None),
                Ok(value) => (0x200, Some(value)),
                Err(_) => (0x201, None),
            },
        }
    }

    fn memory(&self, instruction: &Instruction) -> (u64, Option<u64>) {
        let base = instruction.memory_base();
        let index = instruction.memory_index();
        let registers = (base as u64)
            ^ (index as u64).rotate_left(8)
            ^ u64::from(instruction.memory_index_scale()).rotate_left(16)
            ^ (instruction.segment_prefix() as u64).rotate_left(20)
            ^ 0x400_0000;
        let displacement = instruction.memory_displacement64();
        let relative = matches!(base, Register::RIP | Register::EIP);
        if relative || self.image.contains(&displacement) {
            return (registers ^ ADDRESS << 32, None);
        }
        (registers, (displacement != 0).then_some(displacement))
    }
}

/// What compilers and linkers put between functions.
fn is_padding(instruction: &Instruction) -> bool {
    use iced_x86::Mnemonic;
    matches!(instruction.mnemonic(), Mnemonic::Nop | Mnemonic::Int3)
        || instruction.code() == Operation::INVALID
}
