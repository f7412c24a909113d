"""Makes the bucket that VIDFACTORY_BUCKET names, where it is not there: `python -m deploy.bucket`.

The store and its keys are those of the AWS variables.
"""

import os
import sys

import boto3
from botocore.exceptions import BotoCoreError, ClientError

OURS = frozenset({"BucketAlreadyOwnedByYou", "BucketAlreadyExists"})


def main() -> None:
    name = os.environ["VIDFACTORY_BUCKET"]
    region = os.environ.get("AWS_DEFAULT_REGION", "us-east-1")
    place = {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}
    try:
        boto3.client("s3", region_name=region).create_bucket(Bucket=name, **place)
    except ClientError as error:
        if error.response["Error"]["Code"] not in OURS:
            sys.exit(f"Error: the bucket {name} cannot be made: {error}")
    except BotoCoreError as error:
        sys.exit(f"Error: the store does not answer: {error}")


if __name__ == "__main__":
    main()
