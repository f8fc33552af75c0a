/** Uploads the dashboard at each deployment. */

import { DefaultStackSynthesizer, RemovalPolicy, Stack, Validations } from 'aws-cdk-lib';
import type * as cloudfront from 'aws-cdk-lib/aws-cloudfront';
import * as logs from 'aws-cdk-lib/aws-logs';
import type * as s3 from 'aws-cdk-lib/aws-s3';
import * as s3deploy from 'aws-cdk-lib/aws-s3-deployment';
import type { Construct } from 'constructs';

export interface SiteUpload {
  readonly site: s3.Bucket;
  readonly source: s3deploy.ISource;
  /** Its cache is emptied after the upload. */
  readonly distribution: cloudfront.IDistribution;
}

/** Uploads hashed files first, and keeps them; then the pages that refer to them. Returns the first step. */
export function uploadSite(scope: Construct, { site, source, distribution }: SiteUpload): Construct {
  const logGroup = new logs.LogGroup(scope, 'UploadLog', {
    retention: logs.RetentionDays.ONE_WEEK,
    removalPolicy: RemovalPolicy.DESTROY,
  });
  const common = { sources: [source], destinationBucket: site, memoryLimit: 256, logGroup };
  const hashed = new s3deploy.BucketDeployment(scope, 'HashedFiles', {
    ...common,
    exclude: ['*'],
    include: ['assets/*'],
    // Pages that are still open in a browser load files of the previous release.
    prune: false,
    cacheControl: [s3deploy.CacheControl.fromString('public, max-age=31536000, immutable')],
  });
  const pages = new s3deploy.BucketDeployment(scope, 'Pages', {
    ...common,
    exclude: ['assets/*'],
    prune: true,
    cacheControl: [s3deploy.CacheControl.noCache()],
    distribution,
    distributionPaths: ['/*'],
  });
  pages.node.addDependency(hashed);
  acknowledgeUploader(scope, site);
  return hashed;
}

/** The CDK library adds one upload function per stack, whose permissions it sets itself. */
function acknowledgeUploader(scope: Construct, site: s3.Bucket): void {
  const stack = Stack.of(scope);
  const uploader = stack.node.children.find((child) => child.node.id.startsWith('Custom::CDKBucketDeployment'));
  if (!uploader) return;
  const findings = [
    'AwsSolutions-L1',
    'AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole]',
    ...['Abort*', 'DeleteObject*', 'GetBucket*', 'GetObject*', 'List*'].map(
      (a) => `AwsSolutions-IAM5[Action::s3:${a}]`,
    ),
    `AwsSolutions-IAM5[Resource::<${stack.getLogicalId(site.node.defaultChild as s3.CfnBucket)}.Arn>/*]`,
    `AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:s3:::cdk-${DefaultStackSynthesizer.DEFAULT_QUALIFIER}-assets-<AWS::AccountId>-<AWS::Region>/*]`,
    // The library allows no narrower resource for cache invalidation.
    'AwsSolutions-IAM5[Resource::*]',
  ];
  for (const id of findings) {
    Validations.of(uploader).acknowledge({
      id,
      reason: 'Runs only while a deployment uploads the dashboard; the CDK library sets its runtime and permissions.',
    });
  }
}
