"""Why a file was rejected, in the reader's language: a sentence for each code that a version may carry.

``tests/transcoding/test_rejections.py`` proves that every code of ``transcoding/`` is here and translated.
"""

from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

SENTENCES: dict[str, Promise] = {
    # what the file is
    "type_unknown": _(
        "This type of file is not known here. Save it as JPEG, PNG, TIFF, SVG or PDF (picture), MP4 (video) or "
        "MP3 (sound)."
    ),
    "type_not_allowed": _(
        "This type of file is not accepted. Save it as JPEG, PNG, TIFF, SVG or PDF (picture), MP4 (video) or MP3 "
        "(sound)."
    ),
    "type_does_not_fit_kind": _(
        "The file is not of the kind that was chosen for it. Upload it as the kind that it is, or choose another file."
    ),
    "format_mismatch": _(
        "The content of this file is of another type than its beginning says. Save it again under its real type."
    ),
    "unsupported_media": _(
        "This kind of file cannot be processed. Export it as MP4 (video) or MP3, M4A, WAV or FLAC (sound)."
    ),
    "media_rejected": _("This file cannot be processed. Save it again in a common format and upload that."),
    "checksum_mismatch": _("What arrived is not the file that was announced. Upload it again."),
    # pictures and drawings
    "picture_broken": _(
        "This picture is damaged or incomplete. Open it in a picture editor, save it again and upload that."
    ),
    "pixels_not_supported": _(
        "The colours of this picture are stored in a way that is not known here. Save it as an RGB JPEG, PNG or TIFF."
    ),
    "too_many_pixels": _("This picture has more pixels than are accepted. Save it smaller and upload that."),
    "pdf_encrypted": _("This PDF is locked with a password. Save it without one and upload that."),
    "svg_too_large": _("This SVG is larger than is accepted. Simplify the drawing or upload it as PDF."),
    "svg_entities": _(
        "This SVG defines entities, which are not accepted. Export it again as plain SVG without editor data."
    ),
    "svg_without_size": _(
        "This SVG does not say how large it is. Give it a width, a height and a viewBox and export it again."
    ),
    "external_references": _(
        "This SVG takes parts from other files or addresses. Embed its pictures in it and export it again."
    ),
    "decoder_timeout": _(
        "Reading this file takes too long: it is damaged or far too complex. Save it simpler and upload that."
    ),
    "decoder_out_of_memory": _(
        "Reading this file takes more memory than one file may use. Save it smaller or simpler and upload that."
    ),
    "decoder_crashed": _(
        "The program that reads such files broke down on this one. It is probably damaged: save it again, upload that."
    ),
    "output_too_large": _(
        "Processing this file produces far too much data. Save it smaller, or export it again, and upload that."
    ),
    # video and sound
    "unreadable_media": _(
        "This file cannot be opened as the kind that its first bytes announce: it is cut off, damaged or not a "
        "media file. Play it on your machine, export it again and upload that."
    ),
    "undecodable": _(
        "This file cannot be decoded: it is damaged or not what its name says. Play it on your machine, export it "
        "again and upload that."
    ),
    "codec_not_supported": _(
        "This file uses a codec that is not supported. Export it as H.264 or HEVC with AAC in MP4 (video), or "
        "AAC, MP3, WAV or FLAC (sound)."
    ),
    "audio_not_supported": _(
        "The sound has too many channels or a sample rate that is not supported. Export it as stereo at 48 kHz."
    ),
    "no_media_stream": _("The file holds neither video nor sound. Check that it is the right file."),
    "no_audio_stream": _("The file holds no sound. Upload it as a video."),
    "no_video_stream": _("The file holds sound but no video. Upload it as audio."),
    "no_content": _("The file ends before its first picture or sound. Upload the whole file."),
    "too_many_streams": _(
        "The file holds more streams than are accepted. Export it with one video and one sound track."
    ),
    "video_too_long": _("The video is longer than is accepted. Cut it into parts."),
    "audio_too_long": _("The recording is longer than is accepted. Cut it into parts."),
    "duration_implausible": _(
        "The file holds far too little data for the duration that it claims: it is damaged. Export it again."
    ),
    "truncated": _(
        "The file ends before the duration that it claims: it is cut off or damaged. Upload the whole file."
    ),
    "frame_too_large": _(
        "The frame is larger than is accepted, or its pixels are far from square. Export it smaller, with square "
        "pixels."
    ),
    "frame_too_small": _("The frame is smaller than is accepted. Export it larger."),
    "frame_rate_too_high": _(
        "The video has more pictures per second than are accepted. Export it at 25, 30, 50 or 60."
    ),
    "too_costly": _(
        "This file takes far more work than its length and size justify. Export it again with common settings "
        "(H.264 or HEVC in MP4) and upload that."
    ),
    "processing_stalled": _(
        "Processing got stuck in this file: it is damaged or unusually made. Export it again and upload that."
    ),
    # parked: nothing is known to be wrong with the file
    "processing_crashed": _(
        "Processing this file broke down several times. The file is safe; save it again in another format and "
        "upload that, or tell the operator."
    ),
    "av1_not_possible": _("This film cannot be made in AV1 too. It is delivered as it is."),
    "processing_failed": _(
        "Processing this file failed for a reason that is not yours. The file is safe; tell the operator."
    ),
    "processing_unavailable": _(
        "A part of this installation has been failing for days. The file is safe; ask the operator to process it again."
    ),
    "cancelled": _(
        "Somebody cancelled the processing of this file. The file is safe; have it processed again, or replace it."
    ),
    "original_missing": _("The stored file cannot be found. Tell the operator, and upload it again."),
}
"""What is wrong and what to do, without the figures of the one file: those are in the stored message, in English."""


def rejection_sentence(code: str, message: str) -> str:
    """What to tell the reader of a rejected version that carries ``code`` and the English ``message``.

    The message itself for who reads English, since it is more exact, and for a code that is not known here (of another
    release, say). Empty for a version that is not rejected.
    """
    reads_english = (get_language() or "en").startswith("en")
    if code not in SENTENCES or (reads_english and message):
        return message
    return str(SENTENCES[code])
