"""What each part of the product may do in the bucket, as IAM policies (pure; MinIO and AWS read the same document).

``web`` begins and completes uploads, signs URLs and keeps the pictures that it makes on demand; ``worker`` reads
originals and writes renditions; ``maintenance`` deletes originals that nobody owns, and with versioning on even that
leaves a version behind. ``purge`` alone deletes versions, which is how what was thrown away ends: a process of its own
that does nothing else. Nobody here may change the bucket's policy or touch another bucket. Creating and completing a
multipart upload are ``s3:PutObject``.
"""

from typing import Any, Final, Literal, get_args

Role = Literal["web", "worker", "maintenance", "purge"]
ROLES: Final[tuple[Role, ...]] = get_args(Role)

_BUCKET: Final = (
    "s3:GetBucketLocation",
    "s3:GetBucketVersioning",
    "s3:GetLifecycleConfiguration",
    "s3:ListBucket",
    "s3:ListBucketMultipartUploads",
)
_PARTS: Final = ("s3:AbortMultipartUpload", "s3:ListMultipartUploadParts")
_OBJECTS: Final[dict[Role, dict[str, tuple[str, ...]]]] = {
    "web": {
        "originals": ("s3:GetObject", "s3:PutObject", *_PARTS),
        "renditions": ("s3:GetObject",),
        "pictures": ("s3:GetObject", "s3:PutObject", *_PARTS),
    },
    "worker": {
        "originals": ("s3:GetObject",),
        "renditions": ("s3:GetObject", "s3:PutObject", "s3:DeleteObject", *_PARTS),
    },
    "maintenance": {
        "originals": ("s3:GetObject", "s3:DeleteObject", *_PARTS),
        "renditions": ("s3:GetObject", "s3:DeleteObject", *_PARTS),
        "pictures": ("s3:GetObject", "s3:DeleteObject", *_PARTS),
    },
    "purge": {
        "originals": ("s3:DeleteObject", "s3:DeleteObjectVersion", *_PARTS),
        "renditions": ("s3:DeleteObject", "s3:DeleteObjectVersion", *_PARTS),
        "pictures": ("s3:DeleteObject", "s3:DeleteObjectVersion", *_PARTS),
    },
}
_PROBES: Final = ("s3:GetObject", "s3:PutObject", "s3:DeleteObject", *_PARTS)


def policy_of(role: Role, *, bucket: str) -> dict[str, Any]:
    """The policy document of ``role``."""
    arn = f"arn:aws:s3:::{bucket}"
    of_bucket = [*_BUCKET, "s3:ListBucketVersions"] if role == "purge" else list(_BUCKET)
    statements = [{"Effect": "Allow", "Action": of_bucket, "Resource": [arn]}]
    statements += [
        {"Effect": "Allow", "Action": list(actions), "Resource": [f"{arn}/{kind}/*"]}
        for kind, actions in {**_OBJECTS[role], "probes": _PROBES}.items()
    ]
    # Said twice over: MinIO lets whoever may delete objects also delete versions unless that is denied.
    if role != "purge":
        statements.append({"Effect": "Deny", "Action": ["s3:DeleteObjectVersion"], "Resource": [f"{arn}/*"]})
    return {"Version": "2012-10-17", "Statement": statements}
