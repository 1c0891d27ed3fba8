//! Keys as bytes that sort as what they were made of does: a key is one allocation, and comparing two is comparing
//! memory.
//!
//! Every part says where it ends, so that parts of one key only ever meet the same parts of another.

/// Closes a sequence or a text; sorts before every byte that could go on instead.
pub(super) const CLOSE: u8 = 0;
/// Counts of digits from here on take two more bytes.
const LONG: usize = 254;

/// A key, or the beginning of one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Packed(Vec<u8>);

impl Packed {
    /// Empty, with room for what the text will become.
    pub(super) fn for_text(text: &str) -> Self {
        Self(Vec::with_capacity(text.len() + 12))
    }

    /// A byte that is a part by itself.
    pub(super) fn push(&mut self, byte: u8) {
        self.0.push(byte);
    }

    /// A number by value, whatever its size: the count of digits, then the digits. It begins with a byte above
    /// [`CLOSE`]. No digits are zero; `None` where something else is among them.
    pub(super) fn push_number(&mut self, digits: &str) -> Option<()> {
        let zeros = digits.bytes().take_while(|digit| *digit == b'0').count();
        let significant = digits.as_bytes().get(zeros..)?;
        if !significant.iter().all(u8::is_ascii_digit) {
            return None;
        }
        match u8::try_from(significant.len()) {
            Ok(count) if significant.len() < LONG => self.0.push(count + 1),
            _ => {
                self.0.push(u8::MAX);
                // Versions have at most 1,000 characters.
                self.0.extend(u16::try_from(significant.len()).ok()?.to_be_bytes());
            }
        }
        self.0.extend_from_slice(significant);
        Some(())
    }

    /// A text of bytes above [`CLOSE`].
    pub(super) fn push_text(&mut self, text: &str) {
        self.0.extend_from_slice(text.as_bytes());
        self.0.push(CLOSE);
    }

    /// What was pushed, from the beginning.
    pub(super) fn parts(&self) -> Parts<'_> {
        Parts(&self.0)
    }
}

/// Reads a key part by part, in the order in which they were pushed.
pub(super) struct Parts<'k>(&'k [u8]);

impl Parts<'_> {
    /// The next byte as it is.
    pub(super) fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*first)
    }

    /// The next byte, if it is not the one that closes; else that one is passed.
    pub(super) fn unless(&mut self, close: u8) -> Option<u8> {
        self.byte().filter(|byte| *byte != close)
    }

    /// The next number in decimal.
    pub(super) fn number(&mut self) -> Option<String> {
        let count = match self.byte()? {
            u8::MAX => usize::from(u16::from_be_bytes([self.byte()?, self.byte()?])),
            count => usize::from(count).checked_sub(1)?,
        };
        let (digits, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(if digits.is_empty() { "0".to_owned() } else { String::from_utf8_lossy(digits).into_owned() })
    }

    /// The bytes up to `close`, which is passed.
    pub(super) fn until(&mut self, close: u8) -> String {
        std::iter::from_fn(|| self.unless(close)).map(char::from).collect()
    }
}
