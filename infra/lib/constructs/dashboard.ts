/** The dashboard: static files and `/api/*` on one origin, so that the browser needs no CORS and the policy can stay strict. */

import { DefaultStackSynthesizer, Duration, RemovalPolicy, Stack, Validations } from 'aws-cdk-lib';
import type * as apigateway from 'aws-cdk-lib/aws-apigateway';
import * as cloudfront from 'aws-cdk-lib/aws-cloudfront';
import * as origins from 'aws-cdk-lib/aws-cloudfront-origins';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as s3 from 'aws-cdk-lib/aws-s3';
import * as s3deploy from 'aws-cdk-lib/aws-s3-deployment';
import { Construct } from 'constructs';
import type { Artifacts } from '../artifacts.ts';

export interface DashboardProps {
  readonly artifacts: Artifacts;
  readonly api: apigateway.RestApi;
}

export const CONTENT_SECURITY_POLICY = [
  "default-src 'self'",
  "connect-src 'self'",
  "img-src 'self' data:",
  "object-src 'none'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join('; ');

/**
 * Paths of the dashboard's router are answered with its page. An error response of the distribution could do the same,
 * but would also turn a 404 of the API into that page.
 */
export const PAGE_REWRITE = `function handler(event) {
  var request = event.request;
  var file = request.uri.substring(request.uri.lastIndexOf('/') + 1);
  if (file.indexOf('.') === -1) request.uri = '/index.html';
  return request;
}`;

export class Dashboard extends Construct {
  readonly distribution: cloudfront.Distribution;

  constructor(scope: Construct, id: string, props: DashboardProps) {
    super(scope, id);

    const logBucket = this.addLogBucket();
    const site = new s3.Bucket(this, 'Site', {
      encryption: s3.BucketEncryption.S3_MANAGED,
      blockPublicAccess: s3.BlockPublicAccess.BLOCK_ALL,
      enforceSSL: true,
      serverAccessLogsBucket: logBucket,
      serverAccessLogsPrefix: 'site/',
      // Holds nothing that a deployment does not put back.
      removalPolicy: RemovalPolicy.DESTROY,
      autoDeleteObjects: true,
    });

    const headers = this.addSecurityHeaders();
    this.distribution = new cloudfront.Distribution(this, 'Distribution', {
      comment: 'Tokenmeter dashboard',
      defaultRootObject: 'index.html',
      httpVersion: cloudfront.HttpVersion.HTTP2_AND_3,
      priceClass: cloudfront.PriceClass.PRICE_CLASS_100,
      enableLogging: true,
      logBucket,
      logFilePrefix: 'cdn/',
      logIncludesCookies: false,
      defaultBehavior: {
        origin: origins.S3BucketOrigin.withOriginAccessControl(site),
        viewerProtocolPolicy: cloudfront.ViewerProtocolPolicy.REDIRECT_TO_HTTPS,
        responseHeadersPolicy: headers,
        functionAssociations: [
          {
            eventType: cloudfront.FunctionEventType.VIEWER_REQUEST,
            function: new cloudfront.Function(this, 'PageRewrite', {
              code: cloudfront.FunctionCode.fromInline(PAGE_REWRITE),
              runtime: cloudfront.FunctionRuntime.JS_2_0,
            }),
          },
        ],
      },
      additionalBehaviors: {
        '/api/*': {
          // The most CloudFront waits without a raised quota; longer calls belong on /v1, straight at the API.
          origin: new origins.RestApiOrigin(props.api, { readTimeout: Duration.seconds(60) }),
          // A redirect would mean that the key has already travelled in the clear.
          viewerProtocolPolicy: cloudfront.ViewerProtocolPolicy.HTTPS_ONLY,
          allowedMethods: cloudfront.AllowedMethods.ALLOW_ALL,
          cachePolicy: cloudfront.CachePolicy.CACHING_DISABLED,
          originRequestPolicy: cloudfront.OriginRequestPolicy.ALL_VIEWER_EXCEPT_HOST_HEADER,
          responseHeadersPolicy: headers,
        },
      },
    });
    Validations.of(this.distribution).acknowledge(
      { id: 'AwsSolutions-CFR1', reason: 'Whoever holds a key may read the dashboard from anywhere.' },
      {
        id: 'AwsSolutions-CFR2',
        reason: 'Static files and an API that asks for a key; a firewall is the choice of the operator.',
      },
      {
        id: 'AwsSolutions-CFR4',
        reason: 'The default domain carries its own certificate, whose protocol version cannot be chosen.',
      },
    );

    this.deploySite(site, props.artifacts.siteSource(this));
  }

  /** Files with a hash in their name first and for ever, then the pages that point to them. */
  private deploySite(site: s3.Bucket, source: s3deploy.ISource): void {
    const logGroup = new logs.LogGroup(this, 'UploadLog', {
      retention: logs.RetentionDays.ONE_WEEK,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const common = { sources: [source], destinationBucket: site, memoryLimit: 256, logGroup };
    const hashed = new s3deploy.BucketDeployment(this, 'HashedFiles', {
      ...common,
      exclude: ['*'],
      include: ['assets/*'],
      // Pages still open in a browser load the files of the release before.
      prune: false,
      cacheControl: [s3deploy.CacheControl.fromString('public, max-age=31536000, immutable')],
    });
    const pages = new s3deploy.BucketDeployment(this, 'Pages', {
      ...common,
      exclude: ['assets/*'],
      prune: true,
      cacheControl: [s3deploy.CacheControl.noCache()],
      distribution: this.distribution,
      distributionPaths: ['/*'],
    });
    pages.node.addDependency(hashed);
    this.acknowledgeUploader(site);
  }

  /** The function that uploads comes with the CDK library, once for the whole stack, with rights of the library's choosing. */
  private acknowledgeUploader(site: s3.Bucket): void {
    const stack = Stack.of(this);
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
      // Cache invalidation takes no narrower resource in the library.
      'AwsSolutions-IAM5[Resource::*]',
    ];
    for (const id of findings) {
      Validations.of(uploader).acknowledge({
        id,
        reason: 'Runs only while a deployment uploads the dashboard; runtime and rights are set by the CDK library.',
      });
    }
  }

  private addLogBucket(): s3.Bucket {
    const bucket = new s3.Bucket(this, 'Logs', {
      encryption: s3.BucketEncryption.S3_MANAGED,
      blockPublicAccess: s3.BlockPublicAccess.BLOCK_ALL,
      enforceSSL: true,
      // CloudFront writes its logs with an ACL.
      objectOwnership: s3.ObjectOwnership.BUCKET_OWNER_PREFERRED,
      lifecycleRules: [{ expiration: Duration.days(90), abortIncompleteMultipartUploadAfter: Duration.days(1) }],
      removalPolicy: RemovalPolicy.RETAIN,
    });
    Validations.of(bucket).acknowledge({
      id: 'AwsSolutions-S1',
      reason: 'It is the bucket the access logs go to; logging it into itself never ends.',
    });
    return bucket;
  }

  private addSecurityHeaders(): cloudfront.ResponseHeadersPolicy {
    return new cloudfront.ResponseHeadersPolicy(this, 'SecurityHeaders', {
      comment: 'Tokenmeter dashboard',
      securityHeadersBehavior: {
        contentSecurityPolicy: { contentSecurityPolicy: CONTENT_SECURITY_POLICY, override: true },
        contentTypeOptions: { override: true },
        frameOptions: { frameOption: cloudfront.HeadersFrameOption.DENY, override: true },
        referrerPolicy: { referrerPolicy: cloudfront.HeadersReferrerPolicy.NO_REFERRER, override: true },
        strictTransportSecurity: {
          accessControlMaxAge: Duration.days(365),
          includeSubdomains: true,
          override: true,
        },
      },
      customHeadersBehavior: {
        customHeaders: [
          { header: 'Cross-Origin-Opener-Policy', value: 'same-origin', override: true },
          {
            header: 'Permissions-Policy',
            value: 'camera=(), geolocation=(), microphone=(), payment=()',
            override: true,
          },
        ],
      },
    });
  }
}
