//! Streams that may be compressed.

use flate2::bufread::MultiGzDecoder;
use std::io::{self, BufRead, BufReader, Read};

/// How a file of gzip begins.
///
/// Source: RFC 1952, section 2.3.1 (<https://www.rfc-editor.org/rfc/rfc1952>).
const GZIP: [u8; 2] = [0x1f, 0x8b];

/// What a stream holds, whether it is compressed by gzip or not.
pub(crate) fn decompressed(mut input: impl BufRead + 'static) -> io::Result<Box<dyn BufRead>> {
    // A pipe may hand over one byte at a time.
    let mut start = Vec::new();
    input.by_ref().take(GZIP.len() as u64).read_to_end(&mut start)?;
    let gzip = start == GZIP;
    let whole = io::Cursor::new(start).chain(input);
    Ok(if gzip { Box::new(BufReader::new(MultiGzDecoder::new(whole))) } else { Box::new(whole) })
}
