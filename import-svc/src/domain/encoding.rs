//! From bytes in whatever encoding a spreadsheet wrote to UTF-8 (N6).

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{DecoderResult, Encoding, UTF_8, UTF_16BE, UTF_16LE};

/// Turns blocks of bytes into text. Plain ASCII decides nothing: the encoding is chosen at the
/// first block that has another byte, so a lone umlaut near the end is still read right.
pub(super) struct Decoder {
    chosen: Option<(&'static Encoding, encoding_rs::Decoder)>,
    started: bool,
}

/// The bytes are no text in the encoding that the file began with.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Malformed;

impl Decoder {
    pub(super) fn new() -> Self {
        Self { chosen: None, started: false }
    }

    /// The encoding's standard name; plain ASCII is UTF-8.
    pub(super) fn name(&self) -> &'static str {
        self.chosen.as_ref().map_or(UTF_8.name(), |(encoding, _)| encoding.name())
    }

    /// Appends the block's text. What stands before a malformed spot is appended too.
    pub(super) fn decode(&mut self, block: &[u8], last: bool, text: &mut String) -> Result<(), Malformed> {
        if !self.started {
            self.started = true;
            self.choose(by_first_bytes(block)?);
        }
        if self.chosen.is_none() && !block.is_ascii() {
            self.choose(Some(by_content(block, last)?));
        }
        let Some((_, decoder)) = &mut self.chosen else {
            return std::str::from_utf8(block).map(|ascii| text.push_str(ascii)).map_err(|_| Malformed);
        };
        let room = decoder.max_utf8_buffer_length_without_replacement(block.len()).ok_or(Malformed)?;
        text.reserve(room);
        match decoder.decode_to_string_without_replacement(block, text, last).0 {
            DecoderResult::InputEmpty => Ok(()),
            DecoderResult::OutputFull | DecoderResult::Malformed(..) => Err(Malformed),
        }
    }

    fn choose(&mut self, encoding: Option<&'static Encoding>) {
        self.chosen = encoding.map(|encoding| (encoding, encoding.new_decoder_with_bom_removal()));
    }
}

fn by_first_bytes(block: &[u8]) -> Result<Option<&'static Encoding>, Malformed> {
    if block.starts_with(b"\xFF\xFE\0\0") || block.starts_with(b"\0\0\xFE\xFF") {
        return Err(Malformed);
    }
    if let Some((encoding, _)) = Encoding::for_bom(block) {
        return Ok(Some(encoding));
    }
    Ok(utf16_without_mark(block))
}

/// Addresses, delimiters and line ends are ASCII, so in UTF-16 many pairs have a zero byte, and
/// always on the same side. Single zero bytes of other text do not come to a fifth.
fn utf16_without_mark(block: &[u8]) -> Option<&'static Encoding> {
    let is_text = |byte: u8| byte.is_ascii_graphic() || byte.is_ascii_whitespace();
    let count = |wanted: fn(&[u8; 2]) -> (u8, u8)| {
        let pairs = block.as_chunks::<2>().0.iter();
        pairs.map(wanted).filter(|(zero, text)| *zero == 0 && is_text(*text)).count()
    };
    let little = count(|[low, high]| (*high, *low));
    let big = count(|[high, low]| (*high, *low));
    let enough = (block.len() / 10).max(1);
    if little >= enough && little > big {
        return Some(UTF_16LE);
    }
    if big >= enough && big > little {
        return Some(UTF_16BE);
    }
    None
}

fn by_content(block: &[u8], last: bool) -> Result<&'static Encoding, Malformed> {
    match std::str::from_utf8(block) {
        Ok(_) => return Ok(UTF_8),
        Err(error) if error.error_len().is_none() && !last => return Ok(UTF_8),
        Err(_) => {}
    }
    // Text of a one-byte encoding hardly ever looks like UTF-8, so a file that has both was glued
    // together of two; guessing would store wrong names without a word.
    let (mut valid, mut invalid) = (0, 0);
    for chunk in block.utf8_chunks() {
        valid += chunk.valid().chars().filter(|character| !character.is_ascii()).count();
        invalid += usize::from(!chunk.invalid().is_empty());
    }
    if valid > invalid {
        return Err(Malformed);
    }
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    detector.feed(block, last);
    Ok(detector.guess(None, Utf8Detection::Deny))
}
