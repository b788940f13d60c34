// Off-the-shelf Uppy with nothing of ours but the endpoint's address; bundled by tests/browser/test_uppy.py.

import AwsS3 from '@uppy/aws-s3';
import Uppy from '@uppy/core';

const MULTIPART_ABOVE = 6 * 1024 * 1024;

/** Uploads the files of the page's <input>; resolves with how many succeeded and what failed. */
globalThis.uploadAll = async (companionEndpoint) => {
  const uppy = new Uppy();
  uppy.use(AwsS3, { companionEndpoint, shouldUseMultipart: (file) => file.size > MULTIPART_ABOVE });
  for (const data of document.querySelector('input').files) {
    const id = uppy.addFile({ name: data.name, type: data.type, data });
    uppy.setFileMeta(id, { size: data.size });
  }
  const { successful, failed } = await uppy.upload();
  return { successful: successful.length, failed: failed.map((file) => `${file.name}: ${file.error}`) };
};
