"""Our own manifests, rewritten for a store that signs single objects."""

from assets.playlists import with_signed_bases, with_signed_files


def signed(name: str) -> str:
    return f"https://s3.example/{name}?a=1&b=<2>"


def test_each_file_of_a_playlist_is_signed_once_and_further_playlists_stay_relative() -> None:
    asked: list[str] = []

    def sign(name: str) -> str:
        asked.append(name)
        return signed(name)

    playlist = (
        '#EXTM3U\n#EXT-X-MEDIA:TYPE=AUDIO,URI="audio/index.m3u8"\n'
        '#EXT-X-MAP:URI="media.mp4",BYTERANGE="800@0"\n#EXTINF:4,\nmedia.mp4\n#EXTINF:4,\nmedia.mp4\n'
        "https://elsewhere.example/x.mp4\n720p/index.m3u8\n"
    )
    assert with_signed_files(playlist, sign) == (
        '#EXTM3U\n#EXT-X-MEDIA:TYPE=AUDIO,URI="audio/index.m3u8"\n'
        f'#EXT-X-MAP:URI="{signed("media.mp4")}",BYTERANGE="800@0"\n'
        f"#EXTINF:4,\n{signed('media.mp4')}\n#EXTINF:4,\n{signed('media.mp4')}\n"
        "https://elsewhere.example/x.mp4\n720p/index.m3u8\n"
    )
    assert asked == ["media.mp4"]


def test_each_base_url_of_a_manifest_is_signed_and_stays_xml() -> None:
    manifest = "<MPD><BaseURL>720p/media.mp4</BaseURL><BaseURL>a&amp;b/media.mp4</BaseURL></MPD>"
    assert with_signed_bases(manifest, signed) == (
        "<MPD><BaseURL>https://s3.example/720p/media.mp4?a=1&amp;b=&lt;2&gt;</BaseURL>"
        "<BaseURL>https://s3.example/a&amp;b/media.mp4?a=1&amp;b=&lt;2&gt;</BaseURL></MPD>"
    )
